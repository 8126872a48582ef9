/** Programs and files outside Maven that the end-to-end tests need. A missing one is named. */
@NullMarked
package dev.freshet.e2e.tool;

import org.jspecify.annotations.NullMarked;
