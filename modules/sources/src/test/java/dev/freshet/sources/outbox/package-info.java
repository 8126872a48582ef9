@NullMarked
package dev.freshet.sources.outbox;

import org.jspecify.annotations.NullMarked;
