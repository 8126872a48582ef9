/**
 * The door for Java applications. {@link dev.freshet.Freshet#connect(String)} connects a process; {@link
 * dev.freshet.Freshet#region} opens a coherent cache. What it is made of lies in {@code dev.freshet.bus} and {@code
 * dev.freshet.cache}.
 */
@NullMarked
package dev.freshet;

import org.jspecify.annotations.NullMarked;
