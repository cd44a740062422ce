/**
 * Users of the console: their roles, passwords and sign-ins. The users are checked in memory;
 * package {@code store} keeps them. Cookies, forms and Spring Security's filters stand in {@code
 * security.web}.
 */
@NullMarked
package org.dlora.security.users;

import org.jspecify.annotations.NullMarked;
