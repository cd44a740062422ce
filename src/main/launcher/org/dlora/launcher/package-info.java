/**
 * What {@code java -jar dlora.jar} starts: it makes sure that the server runs on a JDK 25 or newer
 * with the Vector API, whatever {@code java} is on the path. Compiled for Java 8, at the root of
 * the jar, it sees nothing of the server.
 */
package org.dlora.launcher;
