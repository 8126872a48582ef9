@NullMarked
package dev.freshet.subscriber.http;

import org.jspecify.annotations.NullMarked;
