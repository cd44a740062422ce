package org.dlora.engine;

/** Receives a request's events on the replica's thread; must return at once. */
@FunctionalInterface
public interface GenerationListener {
    void on(GenerationEvent event);
}
