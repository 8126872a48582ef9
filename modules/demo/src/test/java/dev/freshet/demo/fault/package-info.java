@NullMarked
package dev.freshet.demo.fault;

import org.jspecify.annotations.NullMarked;
