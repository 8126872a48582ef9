/** What GitHub reads: workflows, forms for issues. */
@NullMarked
package dev.freshet.e2e.github;

import org.jspecify.annotations.NullMarked;
