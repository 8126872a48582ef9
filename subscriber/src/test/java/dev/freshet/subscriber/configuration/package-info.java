@NullMarked
package dev.freshet.subscriber.configuration;

import org.jspecify.annotations.NullMarked;
