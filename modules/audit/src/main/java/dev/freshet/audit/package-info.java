/**
 * Counts how often members still hold what was invalidated, as Meta's Polaris does for its caches: it asks after a change, some time
 * later, and reports each time that a member would serve what is older than the change.
 */
@NullMarked
package dev.freshet.audit;

import org.jspecify.annotations.NullMarked;
