@NullMarked
package dev.freshet.sources.configuration;

import org.jspecify.annotations.NullMarked;
