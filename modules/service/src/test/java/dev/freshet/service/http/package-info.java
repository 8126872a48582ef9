@NullMarked
package dev.freshet.service.http;

import org.jspecify.annotations.NullMarked;
