/** The programs and files outside Maven that the end-to-end tests need: found, named when missing, run and stopped. */
@NullMarked
package dev.freshet.e2e.tool;

import org.jspecify.annotations.NullMarked;
