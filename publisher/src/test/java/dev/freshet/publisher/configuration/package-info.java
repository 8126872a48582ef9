@NullMarked
package dev.freshet.publisher.configuration;

import org.jspecify.annotations.NullMarked;
