/** The contract of the door for Java applications, on a real Redis. */
@NullMarked
package dev.freshet.client;

import org.jspecify.annotations.NullMarked;
