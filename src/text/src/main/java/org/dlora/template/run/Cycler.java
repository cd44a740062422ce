package org.dlora.template.run;

import java.util.List;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.Builtin;
import org.dlora.template.value.Callable;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.None;
import org.jspecify.annotations.Nullable;

/** {@code cycler(a, b, ...)}: gives its items in turn. */
public final class Cycler implements Callable {

    private final List<Object> items;
    private int position;

    Cycler(List<Object> items) {
        if (items.isEmpty()) {
            throw TemplateException.value("at least one item has to be provided");
        }
        this.items = items;
    }

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "current" -> items.get(position);
            case "next" -> Builtin.function("next", _ -> next());
            case "reset" ->
                    Builtin.function(
                            "reset",
                            _ -> {
                                position = 0;
                                return None.NONE;
                            });
            default -> null;
        };
    }

    private Object next() {
        var item = items.get(position);
        position = (position + 1) % items.size();
        return item;
    }

    @Override
    public Object call(EvaluatedArguments arguments) {
        throw TemplateException.type("'Cycler' object is not callable: use next()");
    }

    @Override
    public String text() {
        return "<Cycler>";
    }
}
