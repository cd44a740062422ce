package org.dlora.template.value;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import org.dlora.template.sandbox.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * The {@code loop} variable. It looks ahead only when asked for {@code last}, {@code nextitem} or
 * {@code length}, because a loop's condition may depend on what its body does.
 */
public final class LoopContext {

    private final Rendering rendering;
    private Iterator<Object> source;
    private OptionalInt length;
    private int index0 = -1;
    private @Nullable Object before;
    private @Nullable Object current;
    private @Nullable Object after;
    private @Nullable Object lastChanged;

    /**
     * @param length of the source where it is known without walking it
     */
    public LoopContext(Iterator<Object> source, OptionalInt length, Rendering rendering) {
        this.source = source;
        this.length = length;
        this.rendering = rendering;
    }

    /** Moves to the next item; null at the end. */
    @Nullable
    public Object advance() {
        var next = peek();
        after = null;
        if (next != null) {
            rendering.budget().step();
            index0++;
            before = current;
            current = next;
        }
        return next;
    }

    private @Nullable Object peek() {
        if (after == null && source.hasNext()) {
            after = source.next();
        }
        return after;
    }

    int length() {
        if (length.isEmpty()) {
            List<Object> rest = new ArrayList<>();
            source.forEachRemaining(rest::add);
            rendering.budget().allocateItems(rest.size());
            length = OptionalInt.of(rest.size() + index0 + 1 + (after == null ? 0 : 1));
            source = rest.iterator();
        }
        return length.getAsInt();
    }

    /** Returns the attribute {@code name}, or null where a loop has none of that name. */
    @Nullable
    public Object attribute(String name) {
        return switch (name) {
            case "index" -> (long) index0 + 1;
            case "index0" -> (long) index0;
            case "first" -> index0 == 0;
            case "last" -> peek() == null;
            case "length" -> (long) length();
            case "revindex" -> (long) length() - index0;
            case "revindex0" -> (long) length() - index0 - 1;
            case "depth" -> 1L;
            case "depth0" -> 0L;
            case "previtem" -> before == null ? new Undefined("there is no previous item") : before;
            case "nextitem" -> {
                var next = peek();
                yield next == null ? new Undefined("there is no next item") : next;
            }
            case "cycle" -> Builtin.function("cycle", this::cycle);
            case "changed" -> Builtin.function("changed", this::changed);
            default -> null;
        };
    }

    private Object cycle(EvaluatedArguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw TemplateException.type("no items for cycling given");
        }
        return arguments.positional().get(index0 % arguments.positional().size());
    }

    private Object changed(EvaluatedArguments arguments) {
        var value = new Tuple(arguments.positional());
        boolean same = lastChanged != null && rendering.comparison().equal(lastChanged, value);
        lastChanged = value;
        return !same;
    }

    @Override
    public String toString() {
        return "<LoopContext " + (index0 + 1) + "/" + length() + ">";
    }
}
