/** The faults that a key or a script plays, each with its story. */
@NullMarked
package dev.freshet.demo.fault;

import org.jspecify.annotations.NullMarked;
