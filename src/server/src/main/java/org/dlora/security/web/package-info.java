/** Spring Security in front of all endpoints: keys are authenticated, and the table decides. */
@NullMarked
package org.dlora.security.web;

import org.jspecify.annotations.NullMarked;
