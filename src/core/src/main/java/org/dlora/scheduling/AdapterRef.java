package org.dlora.scheduling;

import org.jspecify.annotations.Nullable;

/** The model of a request or a row: the base model, or an adapter by its id. */
public sealed interface AdapterRef {
    /** The base model, without an adapter. */
    record Base() implements AdapterRef {
        @Override
        public String toString() {
            return "the base model";
        }
    }

    /**
     * An adapter.
     *
     * @param id names one load of one version of an adapter, and is never used again
     */
    record Adapter(String id) implements AdapterRef {
        @Override
        public String toString() {
            return id;
        }
    }

    /** The base model. */
    static AdapterRef base() {
        return new Base();
    }

    /** The adapter called {@code id}. */
    static AdapterRef of(String id) {
        return new Adapter(id);
    }

    /** The adapter called {@code id}, or the base model for null. */
    static AdapterRef ofNullable(@Nullable String id) {
        return id == null ? base() : of(id);
    }

    /** Returns the name in messages: {@code 'id'}, or the base model. */
    default String quoted() {
        return isBase() ? toString() : "'" + this + "'";
    }

    default boolean isBase() {
        return this instanceof Base;
    }

    /** Returns whether this is the adapter {@code id}. */
    default boolean is(String id) {
        return this instanceof Adapter(var own) && own.equals(id);
    }
}
