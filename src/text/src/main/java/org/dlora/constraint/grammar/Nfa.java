package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Nodes of rules' bodies with their edges (Thompson 1968), in one numbering. Besides bytes and
 * nothing an edge may be labelled with a rule.
 */
final class Nfa {
    /** The most nodes, which bounds the work that a constraint can cause. */
    static final int MAX_NODES = 200_000;

    /** Operations that a node costs. */
    private static final int NODE_WORK = 8;

    private final List<Node> nodes = new ArrayList<>();

    /** An edge for one byte from {@code low} to {@code high}. */
    record Edge(int low, int high, int to) {}

    /** An edge for what a rule matches. */
    record CallEdge(Rule rule, int to) {}

    /** A node with its edges. */
    static final class Node {
        final List<Edge> edges = new ArrayList<>(1);
        final List<Integer> empty = new ArrayList<>(1);
        final List<CallEdge> calls = new ArrayList<>(0);
        boolean accepting;
    }

    int size() {
        return nodes.size();
    }

    Node node(int id) {
        return nodes.get(id);
    }

    /**
     * Adds a node and returns it.
     *
     * @throws ConstraintException if there are {@link #MAX_NODES}
     */
    int add() {
        if (nodes.size() == MAX_NODES) {
            throw new ConstraintException(
                    "",
                    "The constraint is too large: written out, it has more than %d parts. Use fewer repetitions, or smaller bounds such as maxItems."
                            .formatted(MAX_NODES));
        }
        CompileBudget.spend(NODE_WORK);
        nodes.add(new Node());
        return nodes.size() - 1;
    }

    /** Adds an expression behind the node {@code from} and returns the node after it. */
    int append(Expr expr, int from) {
        return switch (expr) {
            case Expr.Bytes(var bytes) -> {
                int at = from;
                for (byte b : bytes) {
                    at = byteEdge(at, b & 0xFF, b & 0xFF);
                }
                yield at;
            }
            case Expr.Range(var low, var high) -> byteEdge(from, low, high);
            case Expr.Sequence(var parts) -> {
                int at = from;
                for (var part : parts) {
                    at = append(part, at);
                }
                yield at;
            }
            case Expr.Choice(var alternatives) -> {
                int end = add();
                for (var alternative : alternatives) {
                    // From a node of its own: a loop in one must not lead into another.
                    int begin = add();
                    node(from).empty.add(begin);
                    node(append(alternative, begin)).empty.add(end);
                }
                yield end;
            }
            case Expr.Repeat(var part, var min, var max) -> repeat(part, min, max, from);
            case Expr.Call(var rule) -> {
                int to = add();
                node(from).calls.add(new CallEdge(rule, to));
                yield to;
            }
        };
    }

    private int byteEdge(int from, int low, int high) {
        int to = add();
        node(from).edges.add(new Edge(low, high, to));
        return to;
    }

    private int repeat(Expr part, int min, int max, int from) {
        int at = from;
        for (int i = 0; i < min; i++) {
            at = append(part, step(at));
        }
        if (max == Expr.Repeat.UNBOUNDED) {
            int loop = step(at);
            node(append(part, loop)).empty.add(loop);
            return step(loop);
        }
        int end = add();
        for (int i = min; i < max; i++) {
            node(at).empty.add(end);
            at = append(part, step(at));
        }
        node(at).empty.add(end);
        return end;
    }

    /** Adds a node that follows {@code from} at once; every repetition costs one. */
    private int step(int from) {
        int to = add();
        node(from).empty.add(to);
        return to;
    }
}
