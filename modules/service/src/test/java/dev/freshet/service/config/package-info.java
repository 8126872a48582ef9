@NullMarked
package dev.freshet.service.config;

import org.jspecify.annotations.NullMarked;
