/** What to invalidate: from a changed row to selectors. Nothing here does I/O, but for the check against a schema. */
@NullMarked
package dev.freshet.sources.rules;

import org.jspecify.annotations.NullMarked;
