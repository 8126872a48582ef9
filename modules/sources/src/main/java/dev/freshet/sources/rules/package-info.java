/** Rules: they map a changed row to selectors. Only the check against a schema does I/O. */
@NullMarked
package dev.freshet.sources.rules;

import org.jspecify.annotations.NullMarked;
