/** What tests do to HTTP ports that no honest client does. The tests of modules/service, publisher and subscriber share these sources. */
@NullMarked
package dev.freshet.service.hostile;

import org.jspecify.annotations.NullMarked;
