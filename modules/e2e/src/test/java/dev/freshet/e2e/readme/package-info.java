/** What the documents tell a stranger to type, typed. */
@NullMarked
package dev.freshet.e2e.readme;

import org.jspecify.annotations.NullMarked;
