package org.dlora.template.syntax;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlora.template.sandbox.TemplateException;

/**
 * The parsers' notes beside the tree: unknown filters and tests, and the names that macro bodies
 * read.
 */
final class ParseNotes {

    private final List<TemplateException> unknown = new ArrayList<>();
    private final Deque<Set<String>> readNames = new ArrayDeque<>();

    void unknown(String what, String name, int line) {
        unknown.add(TemplateException.syntax(line, "No " + what + " named '" + name + "'."));
    }

    int mark() {
        return unknown.size();
    }

    /**
     * Accepts the unknown names that were noted since {@code mark}, inside a branch. As in jinja2
     * they fail only when the branch is taken.
     */
    void forgiveSince(int mark) {
        unknown.subList(mark, unknown.size()).clear();
    }

    void failOnUnknown() {
        if (!unknown.isEmpty()) {
            throw unknown.getFirst();
        }
    }

    void read(String name) {
        if (!readNames.isEmpty()) {
            readNames.peek().add(name);
        }
    }

    void enterMacro() {
        readNames.push(new HashSet<>());
    }

    /** Returns the names read since the matching {@link #enterMacro()}, inner macros included. */
    Set<String> leaveMacro() {
        var names = readNames.pop();
        names.forEach(this::read);
        return names;
    }
}
