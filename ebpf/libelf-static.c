/*
 * Debian 13's libelf.a refers to two functions of elfutils' libeu, which its package leaves out. They set up and free the
 * tree behind elf_getdata_rawchunk; libbpf never calls that, so the tree stays as unused as these leave it.
 */
void eu_search_tree_init(void *tree, void *compare);
void eu_search_tree_fini(void *tree, void *free_node);

void eu_search_tree_init(void *tree, void *compare)
{
	(void)tree;
	(void)compare;
}

void eu_search_tree_fini(void *tree, void *free_node)
{
	(void)tree;
	(void)free_node;
}
