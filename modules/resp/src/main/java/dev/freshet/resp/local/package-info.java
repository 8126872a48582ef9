/** The copies of keys in this process: which region a key belongs to, and what a read finds there. */
@NullMarked
package dev.freshet.resp.local;

import org.jspecify.annotations.NullMarked;
