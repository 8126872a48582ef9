/** Tests of what a transaction gathers. */
@NullMarked
package dev.freshet.spring.internal.transaction;

import org.jspecify.annotations.NullMarked;
