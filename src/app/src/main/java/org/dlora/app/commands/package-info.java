/**
 * Commands of the program besides serving: load, profiles, simulations, inspection, keys and users.
 */
@NullMarked
package org.dlora.app.commands;

import org.jspecify.annotations.NullMarked;
