@NullMarked
package dev.freshet.publisher.http;

import org.jspecify.annotations.NullMarked;
