/** What is cached: entries of several sizes, and copies that outlive their validity. */
@NullMarked
package dev.freshet.cache.internal.entry;

import org.jspecify.annotations.NullMarked;
