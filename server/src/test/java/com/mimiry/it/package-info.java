/** Tests of the packaged server as its users meet it: HTTP, SSH, the command line, real containers. */
@NullMarked
package com.mimiry.it;

import org.jspecify.annotations.NullMarked;
