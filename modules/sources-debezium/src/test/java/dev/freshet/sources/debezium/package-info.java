@NullMarked
package dev.freshet.sources.debezium;

import org.jspecify.annotations.NullMarked;
