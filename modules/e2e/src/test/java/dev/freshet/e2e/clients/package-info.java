/** The clients in other languages, with real processes. */
@NullMarked
package dev.freshet.e2e.clients;

import org.jspecify.annotations.NullMarked;
