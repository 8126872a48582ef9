/** What is published, and a project that depends on it. */
@NullMarked
package dev.freshet.e2e.release;

import org.jspecify.annotations.NullMarked;
