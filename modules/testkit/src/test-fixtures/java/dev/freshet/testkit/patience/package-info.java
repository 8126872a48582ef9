@NullMarked
package dev.freshet.testkit.patience;

import org.jspecify.annotations.NullMarked;
