/** Words that the language uses itself. */
export const kqlWords = new Set(
  'where filter project extend summarize by join kind on lookup union count distinct take limit top sort order asc desc nulls first last let print range from to step mv-expand mv-apply parse parse-where with search in make-series default render datatable materialize toscalar invoke evaluate serialize sample as getschema and or not has has_cs has_any has_all hasprefix hassuffix contains contains_cs startswith endswith matches regex between project-away project-keep project-rename project-reorder sample-distinct find scan partition top-nested top-hitters parse-kv make-graph graph-match with_node_id'.split(
    ' ',
  ),
)
