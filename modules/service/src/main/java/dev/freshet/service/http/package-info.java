/** Requests and answers: problems, bodies that are read strictly and within limits, the description of the API. */
@NullMarked
package dev.freshet.service.http;

import org.jspecify.annotations.NullMarked;
