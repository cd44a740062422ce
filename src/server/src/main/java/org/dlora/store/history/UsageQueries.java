package org.dlora.store.history;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.persistence.TypedQuery;
import jakarta.persistence.criteria.Order;
import jakarta.persistence.criteria.Predicate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.history.NamedUsage;
import org.dlora.catalogue.history.TimedUsage;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageHour;
import org.dlora.catalogue.history.UsageName;
import org.dlora.catalogue.history.UsageSums;
import org.dlora.catalogue.history.UsageUnit;
import org.dlora.store.StoredText;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Reader of the sums by the hour and the day. The database adds them up, whatever their number. */
@Service
@Transactional(readOnly = true)
class UsageQueries {
    private static final String SUMS =
            "sum(u.sums.requests), sum(u.sums.failed), sum(u.sums.promptTokens), sum(u.sums.cachedTokens), sum(u.sums.outputTokens)";

    private final EntityManager entities;

    UsageQueries(EntityManager entities) {
        this.entities = entities;
    }

    List<TimedUsage> over(String base, UsageUnit unit, UsageFilter filter, Instant since) {
        var names = names(filter);
        var where = where(names);
        var query =
                query(
                        base,
                        since,
                        "select u.id.begin, %s from %s u where %s group by u.id.begin order by u.id.begin desc"
                                .formatted(SUMS, UsageRow.entity(unit), where));
        names.forEach(query::setParameter);
        return query.getResultList().stream()
                .map(row -> new TimedUsage(row.get(0, Instant.class), sums(row)))
                .toList();
    }

    private static String where(Map<String, String> names) {
        var where = new StringBuilder("u.id.base = :base and u.id.begin >= :since");
        names.keySet().forEach(column -> where.append(" and u.id.%1$s = :%1$s".formatted(column)));
        return where.toString();
    }

    List<NamedUsage> by(
            String base,
            UsageName name,
            UsageFilter filter,
            UsageUnit unit,
            Instant since,
            int limit) {
        var names = names(filter);
        var column = "u.id." + column(name);
        var query =
                query(
                        base,
                        since,
                        """
                        select %1$s, %2$s from %4$s u where %3$s
                        group by %1$s
                        order by sum(u.sums.promptTokens) + sum(u.sums.outputTokens) desc, sum(u.sums.requests) desc, %1$s\
                        """
                                .formatted(column, SUMS, where(names), UsageRow.entity(unit)));
        names.forEach(query::setParameter);
        return query.setMaxResults(limit).getResultList().stream()
                .map(row -> new NamedUsage(row.get(0, String.class), sums(row)))
                .toList();
    }

    private TypedQuery<Tuple> query(String base, Instant since, String text) {
        return entities.createQuery(text, Tuple.class)
                .setParameter("base", base)
                .setParameter("since", since);
    }

    private static String column(UsageName name) {
        return switch (name) {
            case ADAPTER -> "adapter";
            case KEY -> "apiKey";
            case TEAM -> "team";
        };
    }

    private static UsageSums sums(Tuple row) {
        return new UsageSums(
                row.get(1, Long.class),
                row.get(2, Long.class),
                row.get(3, Long.class),
                row.get(4, Long.class),
                row.get(5, Long.class));
    }

    /** Returns the names that are given by column, as they are stored; a key or team first. */
    private static Map<String, String> names(UsageFilter filter) {
        var given = new LinkedHashMap<String, @Nullable String>();
        given.put("apiKey", filter.apiKey());
        given.put("team", filter.team());
        given.put("adapter", filter.adapter());
        var names = new LinkedHashMap<String, String>();
        given.forEach((column, name) -> {
            if (name != null) {
                names.put(column, StoredText.name(name));
            }
        });
        return names;
    }

    List<UsageHour> list(
            String base,
            UsageFilter filter,
            @Nullable Instant since,
            @Nullable Instant until,
            int limit) {
        var criteria = entities.getCriteriaBuilder();
        var query = criteria.createQuery(HourUsageRow.class);
        var root = query.from(HourUsageRow.class);
        var id = root.get("id");
        var where = new ArrayList<Predicate>();
        where.add(criteria.equal(id.get("base"), base));
        var names = names(filter);
        names.forEach((column, name) -> where.add(criteria.equal(id.get(column), name)));
        if (since != null) {
            where.add(criteria.greaterThanOrEqualTo(id.get("begin"), since));
        }
        if (until != null) {
            where.add(criteria.lessThan(id.get("begin"), until));
        }
        var order = new ArrayList<Order>();
        order.add(criteria.desc(id.get("base")));
        // That of the index which begins with the first name that is given.
        var first = names.keySet().stream().findFirst();
        first.ifPresent(column -> order.add(criteria.desc(id.get(column))));
        order.add(criteria.desc(id.get("begin")));
        for (var column : List.of("adapter", "apiKey", "team")) {
            if (!first.filter(column::equals).isPresent()) {
                order.add(criteria.asc(id.get(column)));
            }
        }
        query.where(where.toArray(Predicate[]::new)).orderBy(order);
        return entities.createQuery(query).setMaxResults(limit).getResultList().stream()
                .map(UsageRow::toHour)
                .toList();
    }
}
