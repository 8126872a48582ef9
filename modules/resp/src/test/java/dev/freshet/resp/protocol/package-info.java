@NullMarked
package dev.freshet.resp.protocol;

import org.jspecify.annotations.NullMarked;
