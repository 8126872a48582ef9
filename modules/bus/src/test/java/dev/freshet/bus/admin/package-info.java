@NullMarked
package dev.freshet.bus.admin;

import org.jspecify.annotations.NullMarked;
