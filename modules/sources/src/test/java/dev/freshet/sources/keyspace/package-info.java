@NullMarked
package dev.freshet.sources.keyspace;

import org.jspecify.annotations.NullMarked;
