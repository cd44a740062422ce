/**
 * The launcher that {@code java -jar dlora.jar} starts. It runs the server on a JDK 25 or newer
 * with the Vector API, whatever {@code java} is on the path. It is compiled for Java 8, lies at the
 * root of the jar and sees nothing of the server.
 */
package org.dlora.launcher;
