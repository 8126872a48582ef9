/** Tests of what a Boot application gets, on Boot 3.5 and on the newest. */
@NullMarked
package dev.freshet.spring.boot;

import org.jspecify.annotations.NullMarked;
