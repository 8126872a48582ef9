@NullMarked
package dev.freshet.service;

import org.jspecify.annotations.NullMarked;
