/** Class loaders of applications that end before their process does. */
@NullMarked
package dev.freshet.bus.loaders;

import org.jspecify.annotations.NullMarked;
