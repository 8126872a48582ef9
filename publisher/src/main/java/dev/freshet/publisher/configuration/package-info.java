/** The publisher's settings. */
@NullMarked
package dev.freshet.publisher.configuration;

import org.jspecify.annotations.NullMarked;
