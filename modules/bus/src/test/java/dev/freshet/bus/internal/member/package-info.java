@NullMarked
package dev.freshet.bus.internal.member;

import org.jspecify.annotations.NullMarked;
