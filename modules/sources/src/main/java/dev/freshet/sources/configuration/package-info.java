/** The settings of sources. */
@NullMarked
package dev.freshet.sources.configuration;

import org.jspecify.annotations.NullMarked;
