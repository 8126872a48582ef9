@NullMarked
package dev.freshet.resp.local;

import org.jspecify.annotations.NullMarked;
